from lib.action import RackspaceAction
from lib.formatters import member_result
from lib.loadbalancers import add_member


class AddNodeToLoadBalancerAction(RackspaceAction):
    def run(self, loadbalancer_id, ip, port='80'):
        return member_result(*add_member(self.cloud(), loadbalancer_id, ip, port))
