from lib.action import RackspaceAction
from lib.loadbalancers import delete_balancer


class DeleteLoadBalancerAction(RackspaceAction):
    def run(self, loadbalancer_id):
        delete_balancer(self.cloud(), loadbalancer_id)
        return True
